// Sets the theme before the first paint. A file of its own because the content security policy allows no inline script.
(() => {
  let choice = 'system';
  try {
    choice = localStorage.getItem('gantry.theme') || 'system';
  } catch {
    // Storage may be blocked; the system's choice is good enough.
  }
  const dark =
    choice === 'dark' || (choice !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  document.querySelector('meta[name="theme-color"]')?.setAttribute('content', dark ? '#121316' : '#f7f8f9');
})();
