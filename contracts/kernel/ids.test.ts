import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeId, encodeId, kindOf, newId, uuidv7 } from './ids.ts';

describe('ids', () => {
  it('encodes the vectors of the TypeID specification', () => {
    expect(encodeId('task', '00000000-0000-0000-0000-000000000000')).toBe('task_00000000000000000000000000');
    expect(encodeId('task', '00000000-0000-0000-0000-000000000001')).toBe('task_00000000000000000000000001');
    expect(encodeId('task', 'ffffffff-ffff-ffff-ffff-ffffffffffff')).toBe('task_7zzzzzzzzzzzzzzzzzzzzzzzzz');
    expect(encodeId('task', '01890a5d-ac96-774b-bcce-b302099a8057')).toBe('task_01h455vb4pex5vsknk084sn02q');
  });

  it('decodes what it encodes, for any UUID', () => {
    fc.assert(
      fc.property(fc.uuid(), (uuid) => {
        expect(decodeId('project', encodeId('project', uuid))).toBe(uuid);
      }),
    );
  });

  it('writes the 128 bits as one number in base 32, for any UUID in any case', () => {
    const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
    fc.assert(
      fc.property(fc.uuid(), (uuid) => {
        let number = BigInt(`0x${uuid.replaceAll('-', '')}`);
        let text = '';
        for (let i = 0; i < 26; i++, number >>= 5n) text = alphabet[Number(number & 31n)] + text;
        expect(encodeId('task', uuid)).toBe(`task_${text}`);
        expect(encodeId('task', uuid.toUpperCase())).toBe(`task_${text}`);
      }),
    );
  });

  it('refuses to encode what is not a UUID', () => {
    const uuid = '01890a5d-ac96-774b-bcce-b302099a8057';
    for (const text of ['', uuid.slice(1), `${uuid}0`, uuid.replace('a', 'g'), `${uuid.slice(1)}\u0130`])
      expect(() => encodeId('task', text)).toThrow('not a UUID');
  });

  it('refuses an id of another kind, a wrong alphabet and an overflow', () => {
    expect(decodeId('task', newId('project'))).toBeNull();
    expect(decodeId('task', 'task_0000000000000000000000000l')).toBeNull();
    expect(decodeId('task', 'task_8zzzzzzzzzzzzzzzzzzzzzzzzz')).toBeNull();
    expect(decodeId('task', `task_${'0'.repeat(25)}\u0131`)).toBeNull();
    expect(kindOf(newId('project_member'))).toBe('project_member');
  });

  it('makes UUIDv7 that increase within a process, also within one millisecond', () => {
    const made = Array.from({ length: 20_000 }, () => uuidv7());
    expect(made).toEqual([...made].sort());
    expect(new Set(made).size).toBe(made.length);
    expect(
      made.every((u) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(u)),
    ).toBe(true);
  });
});
