/**
 * Headers of pages people look at: nothing from other origins, nobody may frame us. `style-src-attr` lets
 * components place things by style attributes, which cannot run anything.
 */
export function pageHeaders(
  relaxed: { scripts?: string[]; inlineStyles?: boolean } = {},
): Record<string, string> {
  const policy = [
    "default-src 'self'",
    `script-src ${["'self'", ...(relaxed.scripts ?? [])].join(' ')}`,
    `style-src 'self'${relaxed.inlineStyles ? " 'unsafe-inline'" : ''}`,
    "style-src-attr 'unsafe-inline'",
    `img-src 'self' data: blob:`,
    `font-src 'self'${relaxed.inlineStyles ? ' data:' : ''}`,
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "manifest-src 'self'",
    "form-action 'self'",
    "frame-src 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
    "base-uri 'none'",
  ];
  return {
    'content-security-policy': policy.join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()',
    'referrer-policy': 'same-origin',
    'x-frame-options': 'DENY',
    'cache-control': 'no-cache',
  };
}
