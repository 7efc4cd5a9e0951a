const COLUMNS = [4, 3, 5, 2, 3];

/** The shape of a board before its data is there. */
export function BoardSkeleton() {
  return (
    <div role="status" aria-label="Loading the board" className="flex h-full min-h-0 flex-col">
      <div className="flex h-12 shrink-0 items-center gap-3 border-line border-b px-4">
        <div className="skeleton size-5" />
        <div className="skeleton h-3.5 w-36" />
      </div>
      <BoardSkeletonColumns />
    </div>
  );
}

export function BoardSkeletonColumns() {
  return (
    <div aria-hidden className="flex min-h-0 flex-1 gap-2 overflow-hidden p-3">
      {COLUMNS.map((cards, column) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a fixed picture
        <div key={column} className="flex w-77 shrink-0 flex-col gap-2 p-1">
          <div className="flex h-9 items-center gap-2 px-2">
            <div className="skeleton size-3.5 rounded-full" />
            <div className="skeleton h-3 w-20" />
          </div>
          {Array.from({ length: cards }, (_, card) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a fixed picture
            <div key={card} className="rounded-lg border border-line bg-raised p-3">
              <div className="skeleton h-2.5 w-12" />
              <div className="skeleton mt-2.5 h-3 w-full" />
              <div
                className="skeleton mt-2 h-3"
                style={{ width: `${40 + ((card * 23 + column * 17) % 50)}%` }}
              />
            </div>
          ))}
        </div>
      ))}
    </div>
  );
}
