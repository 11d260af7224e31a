// What PostgreSQL can't hold as text: NUL, and halves of surrogate pairs. Promises: a record or a request with it is
// refused by name instead of failing in SQL for ever.
const unstorable = /[\0\p{Surrogate}]/u;

export const isStorable = (text: string): boolean => !unstorable.test(text);

/** Looks at the strings of an object, and of lists directly in it. */
export const areStorable = (values: object): boolean => Object.values(values).flat().every((value) => typeof value !== 'string' || isStorable(value));

/** For what somebody else wrote and a person only reads. */
export const storable = (text: string): string => text.replace(/\0/g, '').replace(/\p{Surrogate}/gu, '\uFFFD');
