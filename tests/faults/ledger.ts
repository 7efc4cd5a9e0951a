import type { Place } from './place.ts';

/** What must hold after every round, each as a sentence if it does not. */
export async function faultsOfLog(place: Place, schema: string): Promise<string[]> {
  const [row] = await place.rows<{ gaps: string; backwards: string; queued: string }>(
    `select
      (select count(*) from (select stream, count(*) as n, max(seq) as last, min(seq) as first from ${schema}.log_change group by stream) s
        join ${schema}.log_stream h using (stream) where s.n <> s.last or s.first <> 1 or h.seq <> s.last) as gaps,
      (select count(*) from (select at <= lag(at) over (partition by stream order by seq) as bad from ${schema}.log_change) t where bad) as backwards,
      (select count(*) from ${schema}.outbox) as queued`,
  );
  const faults: string[] = [];
  if (Number(row?.gaps) > 0) faults.push(`${row?.gaps} streams of ${schema} have gaps`);
  if (Number(row?.backwards) > 0) faults.push(`${row?.backwards} changes of ${schema} go back in time`);
  if (Number(row?.queued) > 0) faults.push(`${row?.queued} changes of ${schema} were never published`);
  return faults;
}

/** Compares what was acknowledged with what is stored: names of things, each wanted exactly once. */
export function faultsOfNames(acknowledged: string[], stored: string[]): string[] {
  const counts = new Map<string, number>();
  for (const name of stored) counts.set(name, (counts.get(name) ?? 0) + 1);
  const lost = acknowledged.filter((name) => !counts.has(name)).length;
  const doubled = [...counts.values()].filter((n) => n > 1).length;
  return [
    ...(lost > 0 ? [`${lost} acknowledged writes are lost`] : []),
    ...(doubled > 0 ? [`${doubled} writes have two effects`] : []),
  ];
}

/** Compares a consumer's effects with the log it reads: each change once, in the order of its stream. */
export async function faultsOfEffects(place: Place): Promise<string[]> {
  const [row] = await place.rows<{ lost: string; doubled: string; disordered: string }>(
    `select
      (select count(*) from notes.log_change c left join mirror.effect e using (stream, seq) where e.id is null) as lost,
      (select count(*) from (select from mirror.effect group by stream, seq having count(*) > 1) d) as doubled,
      (select count(*) from (select seq <= lag(seq) over (partition by stream order by id) as bad from mirror.effect) o where bad) as disordered`,
  );
  const faults: string[] = [];
  if (Number(row?.lost) > 0) faults.push(`${row?.lost} changes have no effect`);
  if (Number(row?.doubled) > 0) faults.push(`${row?.doubled} changes have two effects`);
  if (Number(row?.disordered) > 0) faults.push(`${row?.disordered} effects are out of order`);
  return faults;
}

export interface Round {
  fault: string;
  round: number;
  acknowledged: number;
  broken: number;
  repeated: number;
  /** From the fault to the first write sent afterwards and acknowledged. */
  healedMs: number;
  faults: string[];
}

/** The rounds as a table for people. */
export function table(rounds: Round[]): string {
  const byFault = Map.groupBy(rounds, (round) => round.fault);
  const lines = [...byFault].map(([fault, of]) => {
    const sum = (pick: (round: Round) => number) => of.reduce((total, round) => total + pick(round), 0);
    const healed = of.map((round) => round.healedMs).sort((a, b) => a - b);
    return [
      fault.padEnd(44),
      String(of.length).padStart(6),
      String(sum((r) => r.acknowledged)).padStart(12),
      String(sum((r) => r.broken)).padStart(8),
      String(sum((r) => r.repeated)).padStart(9),
      `${Math.round(healed[Math.floor(healed.length / 2)] ?? 0)} / ${Math.round(healed.at(-1) ?? 0)}`.padStart(
        14,
      ),
      String(sum((r) => r.faults.length)).padStart(7),
    ].join('');
  });
  const head = `${'fault'.padEnd(44)}rounds acknowledged  broken repeated healed ms p50/max faults`;
  return `\n${head}\n${lines.join('\n')}\n`;
}
