// As in docs/guide, word for word but for the `export`.
export async function whyRefused(url) {
  const response = await fetch(url.replace(/^ws/, 'http'));
  const { code } = await response.json();
  return { code, retryAfter: Number(response.headers.get('Retry-After') ?? 0) };
}
