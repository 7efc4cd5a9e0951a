/** How late timers of this process are at worst, from now until asked: what a busy machine adds to any figure. */
export function lateness(): () => number {
  let [worst, at] = [0, performance.now()];
  const timer = setInterval(() => {
    const now = performance.now();
    worst = Math.max(worst, now - at - 10);
    at = now;
  }, 10);
  return () => {
    clearInterval(timer);
    return worst;
  };
}
