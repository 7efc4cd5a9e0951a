const COLUMNS: { head: string; color: string; cards: { w: number; tag?: string; lift?: boolean }[] }[] = [
  { head: 'To do', color: 'slate', cards: [{ w: 82 }, { w: 64, tag: 'violet' }, { w: 74 }, { w: 58 }] },
  {
    head: 'In progress',
    color: 'amber',
    cards: [
      { w: 70, tag: 'sky' },
      { w: 86, lift: true },
    ],
  },
  { head: 'Done', color: 'green', cards: [{ w: 62 }, { w: 80, tag: 'green' }, { w: 54 }, { w: 72 }] },
];

/** A board hanging from its beam: what this is, without a word of marketing. */
export function BrandPanel() {
  return (
    <aside
      aria-hidden
      className="relative my-3 mr-3 hidden flex-1 overflow-hidden rounded-2xl bg-brand [--surface:oklch(0.26_0.014_262)] lg:block"
    >
      <div className="absolute inset-0 bg-[radial-gradient(90%_70%_at_75%_15%,oklch(0.42_0.13_262/0.55),transparent_70%)]" />
      <div className="absolute inset-0 opacity-[0.16] [background-image:linear-gradient(oklch(1_0_0/0.22)_1px,transparent_1px),linear-gradient(90deg,oklch(1_0_0/0.22)_1px,transparent_1px)] [background-size:48px_48px] [mask-image:radial-gradient(80%_70%_at_60%_30%,black,transparent)]" />
      <div className="absolute top-[15%] right-[8%] left-[8%] mx-auto max-w-180">
        <div className="h-3.5 rounded-full bg-[oklch(0.97_0.005_260)]" />
        <div className="mt-0 grid grid-cols-3 gap-4 px-6">
          {COLUMNS.map((column, index) => (
            <div key={column.head} className="flex flex-col items-center">
              <div className="h-9 w-0.75 bg-[oklch(0.97_0.005_260/0.8)]" />
              <div className="w-full rounded-xl border border-[oklch(1_0_0/0.09)] bg-[oklch(1_0_0/0.045)] p-2.5">
                <div className="mb-2.5 flex items-center gap-2 px-1">
                  <span
                    className="size-2.5 rounded-full"
                    style={{ background: `var(--c-${column.color})` }}
                  />
                  <span className="font-medium text-[oklch(0.93_0.01_260)] text-xs">{column.head}</span>
                  <span className="tnum ml-auto text-2xs text-[oklch(0.72_0.02_260)]">
                    {column.cards.length}
                  </span>
                </div>
                <div className="flex flex-col gap-2">
                  {column.cards.map((card, place) => (
                    <div
                      key={`${column.head}-${card.w}`}
                      className={
                        card.lift
                          ? 'animate-[land_1.1s_var(--ease-out-soft)_500ms_both] rounded-lg bg-accent p-3 shadow-[0_16px_32px_-8px_oklch(0.5_0.2_262/0.7)]'
                          : 'rounded-lg border border-[oklch(1_0_0/0.08)] bg-[oklch(1_0_0/0.06)] p-3'
                      }
                    >
                      <div className="h-1.5 w-8 rounded-full bg-[oklch(1_0_0/0.28)]" />
                      <div
                        className="mt-2 h-2 rounded-full bg-[oklch(1_0_0/0.5)]"
                        style={{ width: `${card.w}%` }}
                      />
                      {place % 2 === 0 ? (
                        <div
                          className="mt-1.5 h-2 rounded-full bg-[oklch(1_0_0/0.22)]"
                          style={{ width: `${card.w - 28 + index * 5}%` }}
                        />
                      ) : null}
                      <div className="mt-3 flex items-center gap-1.5">
                        <span className="size-4 rounded-full bg-[oklch(1_0_0/0.22)]" />
                        {card.tag ? (
                          <span
                            className="h-2 w-10 rounded-full"
                            style={{ background: `var(--c-${card.tag})` }}
                          />
                        ) : null}
                      </div>
                    </div>
                  ))}
                </div>
              </div>
            </div>
          ))}
        </div>
      </div>
      <p className="absolute right-10 bottom-10 left-[8%] max-w-120 text-balance font-medium text-[oklch(0.96_0.005_260)] text-xl tracking-[-0.01em]">
        Everything your team is carrying, in plain sight.
        <span className="block text-[oklch(0.76_0.02_260)]">Move a card here and it moves for everyone.</span>
      </p>
    </aside>
  );
}
