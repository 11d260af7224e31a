import { describe, expect, it } from '@jest/globals';
import type { KnownState } from '../installations/installation.entity.ts';
import { admit, type Question } from './admission.ts';

const installation = (id: string, tenantId: string, workspaceId: string, state: KnownState = 'active') => ({
  id,
  tenantId,
  workspaceId,
  state,
});
type Known = ReturnType<typeof installation>;

const ask = (question: Partial<Question<Known>>) =>
  admit<Known>({
    tenantId: 'acme',
    workspaceId: 'T1',
    wantedId: null,
    known: [],
    counted: 0,
    policy: { maxInstallations: null, requireWorkspaceAdmin: false },
    isWorkspaceAdmin: false,
    ...question,
  });

describe('admit', () => {
  it('creates an installation for a workspace nobody has', () => {
    expect(ask({ known: [installation('i1', 'acme', 'T2'), installation('i2', 'globex', 'T3')] })).toEqual({
      creates: true,
    });
  });

  it.each(['active', 'lost', 'disconnected'] as const)(
    'renews the installation the tenant has of the workspace, %s as it may be',
    (state) => {
      const known = [installation('i1', 'acme', 'T1', state)];
      expect(ask({ known })).toEqual({ renews: known[0] });
      expect(ask({ known, wantedId: 'i1' })).toEqual({ renews: known[0] });
    },
  );

  it("refuses a workspace that is another tenant's, also where the own entry was first", () => {
    expect(ask({ known: [installation('i2', 'globex', 'T1')] })).toEqual({ refusal: 'workspace_taken' });
    const own = installation('i1', 'acme', 'T1', 'lost');
    expect(ask({ known: [own, installation('i2', 'globex', 'T1')], wantedId: 'i1' })).toEqual({
      refusal: 'workspace_taken',
    });
  });

  it.each(['lost', 'disconnected'] as const)('is not kept out by an entry of another tenant that is %s', (state) => {
    expect(ask({ known: [installation('i2', 'globex', 'T1', state)] })).toEqual({ creates: true });
  });

  it('never moves an installation to another workspace', () => {
    expect(ask({ known: [installation('i1', 'acme', 'T2')], wantedId: 'i1' })).toEqual({ refusal: 'other_workspace' });
  });

  it("renews nothing that is gone or another tenant's", () => {
    expect(ask({ wantedId: 'i1' })).toEqual({ refusal: 'installation_gone' });
    expect(ask({ known: [installation('i1', 'globex', 'T1', 'lost')], wantedId: 'i1' })).toEqual({
      refusal: 'installation_gone',
    });
  });

  it('holds the tenant to its limit, except for what it renews', () => {
    const policy = { maxInstallations: 1, requireWorkspaceAdmin: false };
    expect(ask({ counted: 1, policy })).toEqual({ refusal: 'installation_limit' });
    expect(ask({ known: [installation('i1', 'acme', 'T1')], counted: 1, policy })).toMatchObject({
      renews: { id: 'i1' },
    });
    expect(ask({ known: [installation('i1', 'acme', 'T1', 'disconnected')], counted: 1, policy })).toEqual({
      refusal: 'installation_limit',
    });
    expect(ask({ counted: 0, policy })).toEqual({ creates: true });
  });

  it('asks for a workspace admin where the policy does', () => {
    const policy = { maxInstallations: null, requireWorkspaceAdmin: true };
    expect(ask({ policy })).toEqual({ refusal: 'workspace_admin_required' });
    expect(ask({ policy, isWorkspaceAdmin: true })).toEqual({ creates: true });
  });
});
