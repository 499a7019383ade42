const REDACTED = '[redacted]';
const SECRET_PARAMETERS = new Set(['token', 'access_token', 'api_key', 'apikey', 'key', 'authorization']);

/** Replaces the values of parameters that carry secrets in a request target. */
export function redactUrl(url: string): string {
  const start = url.indexOf('?');
  if (start < 0) return url;
  return `${url.slice(0, start)}?${url
    .slice(start + 1)
    .split('&')
    .map(redactParameter)
    .join('&')}`;
}

function redactParameter(parameter: string): string {
  const [name = ''] = parameter.split('=', 1);
  return SECRET_PARAMETERS.has(decoded(name).toLowerCase()) ? `${name}=${REDACTED}` : parameter;
}

/** Decodes a name like a server does, so that `t%6fken` is redacted too. */
const decoded = (name: string): string => [...new URLSearchParams(`${name}=`).keys()][0]?.trim() ?? name;
