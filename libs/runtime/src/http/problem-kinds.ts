// The kinds of problem that an HTTP caller may be told, by status: the one list for titles, OpenAPI and docs/errors.md.
// All of them are of the type `about:blank` (RFC 9457), so that the status says everything; `detail` and `errors` say
// what is wrong with this request.

export const problemKinds = {
  400: { title: 'Bad Request', advice: 'Correct the fields that `errors` names.' },
  401: {
    title: 'Unauthorized',
    advice: 'Send a valid access token of an accepted identity provider, with the tenant that its role needs.',
  },
  403: {
    title: 'Forbidden',
    advice: 'Use a token with one of the roles that `detail` names, and for a tenant of the token.',
  },
  404: { title: 'Not Found', advice: "Check the id; another tenant's ids do not exist for the caller." },
  405: { title: 'Method Not Allowed', advice: 'Use a method that /openapi.json lists for the path.' },
  406: { title: 'Not Acceptable', advice: 'Accept application/json.' },
  409: {
    title: 'Conflict',
    advice: 'Read `detail`: the state of the object, or other content under the same id, forbids it.',
  },
  410: { title: 'Gone', advice: 'Start again: what the request is about has ended.' },
  412: { title: 'Precondition Failed', advice: 'Read it again, and send the change with its new ETag in If-Match.' },
  413: { title: 'Content Too Large', advice: 'Send a smaller body, or files by URL.' },
  415: { title: 'Unsupported Media Type', advice: 'Send JSON with the content-type application/json, not compressed.' },
  421: { title: 'Misdirected Request', advice: 'Leave out the header carillon-cell, or name the cell of `detail`.' },
  422: { title: 'Unprocessable Content', advice: 'Correct the content as `detail` says.' },
  429: { title: 'Too Many Requests', advice: 'Send the request again after the seconds of Retry-After.' },
  500: { title: 'Internal Server Error', advice: 'Report it with `traceId`: it is a defect of Carillon.' },
  502: {
    title: 'Bad Gateway',
    advice: 'Send the request again: a service that this request needs gave no usable answer.',
  },
  503: { title: 'Service Unavailable', advice: 'Send the request again after the seconds of Retry-After.' },
} as const satisfies Record<number, { title: string; advice: string }>;

export type ProblemStatus = keyof typeof problemKinds;

export const isProblemStatus = (status: number): status is ProblemStatus => status in problemKinds;
