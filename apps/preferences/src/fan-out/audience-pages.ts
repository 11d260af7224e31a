// Reads those whom a step of a fan-out finds, a page at a time, in the order of their ids. Guarantees: a page holds
// active members only, and each channel that follows; who belongs to the audience all the time is on exactly one page;
// a page costs the same wherever it is.
import { Inject, Injectable } from '@nestjs/common';
import type { NamedAudience, Reason } from '@carillon/domain';
import { defineStatement, type BoundStatement } from '@carillon/persistence';
import { DATABASE } from '@carillon/runtime';
import type { Pool } from 'pg';
import { personColumns, personOf, withChoices, type PersonRow } from '../resolution/context-rows.ts';
import type { Person } from '../resolution/resolution-context.ts';
import type { PreparedRequest } from '../resolution/prepared-request.ts';
import { elsewhereOf, reasonOf, stepsOf, type Elsewhere, type Step } from './wide-audiences.ts';

/** Somebody whom a request reaches without naming them. */
export interface Found {
  audience: NamedAudience;
  because: Reason;
}

export interface AudiencePage {
  found: Found[];
  /** Of the members that were found. */
  people: Map<string, Person>;
  /** Where the next page begins; undefined: this was the last one of the step. */
  after: string | undefined;
}

export interface PageOf {
  tenantId: string;
  /** The last id of the page before; empty for the first one. */
  after: string;
  count: number;
  elsewhere: Elsewhere;
}

const place = { tenantId: 'text', after: 'text', count: 'integer' } as const;
const parameters = {
  ...place,
  members: 'text[]',
  addresses: 'text[]',
  topics: 'text[]',
  roles: 'text[]',
} as const;
type Places = Record<keyof typeof parameters, string>;

/** Whoever is decided elsewhere is marked, not left out, so that a page of so many rows has a next one. */
const selectPage = (p: Places, from: string, id: string): string => `
SELECT ${personColumns},
       r.member_id = ANY (${p.members}) OR r.email_key = ANY (${p.addresses}) OR coalesce(r.roles && ${p.roles}, false)
       OR EXISTS (SELECT FROM topic_follower e WHERE e.tenant_id = r.tenant_id AND e.topic = ANY (${p.topics})
                     AND e.kind = 'member' AND e.id = r.member_id)
  FROM ${from}
  ${withChoices}
 WHERE ${id} > ${p.after} AND NOT r.deleted AND r.active
 ORDER BY ${id} LIMIT ${p.count}`;

const recipientOf = (id: string): string => `JOIN recipient r ON r.key = of.tenant_id || ':' || ${id}`;

const statements = {
  members: defineStatement({
    name: 'fan-out-members',
    parameters,
    text: (p) => selectPage(p, `(SELECT * FROM recipient WHERE tenant_id = ${p.tenantId}) AS r`, 'r.member_id'),
  }),
  members_with_role: defineStatement({
    name: 'fan-out-role',
    parameters: { ...parameters, name: 'text' },
    text: (p) => {
      const having = `(SELECT * FROM recipient_role WHERE tenant_id = ${p.tenantId} AND role = ${p.name}) AS of`;
      return selectPage(p, `${having} ${recipientOf('of.member_id')}`, 'of.member_id');
    },
  }),
  followers: defineStatement({
    name: 'fan-out-followers',
    parameters: { ...parameters, name: 'text' },
    text: (p) => {
      const following = `(SELECT * FROM topic_follower
        WHERE tenant_id = ${p.tenantId} AND topic = ${p.name} AND kind = 'member') AS of`;
      return selectPage(p, `${following} ${recipientOf('of.id')}`, 'of.id');
    },
  }),
};

function selectOf(step: Exclude<Step, { find: 'channels' }>, { elsewhere, ...at }: PageOf): BoundStatement {
  const of = { ...at, ...elsewhere };
  switch (step.find) {
    case 'members':
      return statements.members(of);
    case 'members_with_role':
      return statements.members_with_role({ ...of, name: step.role });
    case 'followers':
      return statements.followers({ ...of, name: step.topic });
  }
}

const selectChannels = defineStatement({
  name: 'fan-out-channels',
  parameters: { ...place, topic: 'text' },
  text: (p) => `
SELECT id, installation FROM topic_follower
 WHERE tenant_id = ${p.tenantId} AND topic = ${p.topic} AND kind = 'channel' AND id > ${p.after}
 ORDER BY id LIMIT ${p.count}`,
});

@Injectable()
export class AudiencePages {
  constructor(@Inject(DATABASE) private readonly pool: Pool) {}

  /** The first of the whole audience, for who only wants to see. */
  async first(
    tenantId: string,
    { request, wide }: Pick<PreparedRequest, 'request' | 'wide'>,
    most: number,
  ): Promise<Pick<AudiencePage, 'found' | 'people'> & { more: boolean }> {
    const all = { found: [] as Found[], people: new Map<string, Person>(), more: false };
    const steps = stepsOf(wide);
    for (const [at, step] of steps.entries()) {
      const elsewhere = elsewhereOf(request.to ?? [], steps.slice(0, at));
      const { found, people, after } = await this.read(step, { tenantId, after: '', count: most + 1, elsewhere });
      all.found.push(...found);
      for (const [id, person] of people) all.people.set(id, person);
      if (all.found.length > most || after !== undefined)
        return { ...all, found: all.found.slice(0, most), more: true };
    }
    return all;
  }

  read(step: Step, page: PageOf): Promise<AudiencePage> {
    return step.find === 'channels' ? this.channels(step, page) : this.members(step, page);
  }

  private async members(step: Exclude<Step, { find: 'channels' }>, page: PageOf): Promise<AudiencePage> {
    const rows = await this.rows<[...PersonRow, boolean]>(selectOf(step, page));
    const because = reasonOf(step);
    const found: Found[] = [];
    const people = new Map<string, Person>();
    for (const row of rows) {
      if (row.at(-1) === true) continue;
      const person = personOf(row);
      people.set(person.memberId, person);
      found.push({ audience: { member: person.memberId }, because });
    }
    return { found, people, after: rows.length < page.count ? undefined : rows.at(-1)![1] };
  }

  private async channels(step: Extract<Step, { topic: string }>, page: PageOf): Promise<AudiencePage> {
    const { tenantId, after, count } = page;
    const rows = await this.rows<[string, string | null]>(
      selectChannels({ tenantId, after, count, topic: step.topic }),
    );
    const because = reasonOf(step);
    const found = rows.map(
      ([channel, installation]): Found => ({
        audience: installation === null ? { channel } : { channel, installation },
        because,
      }),
    );
    return { found, people: new Map(), after: rows.length < count ? undefined : rows.at(-1)![0] };
  }

  private async rows<Row extends unknown[]>(statement: BoundStatement): Promise<Row[]> {
    return (await this.pool.query<Row>({ ...statement, rowMode: 'array' })).rows;
  }
}
