const REDACTED = '[redacted]';
const SECRET_PARAMETERS = new Set(['token', 'access_token', 'api_key', 'apikey', 'key', 'authorization']);

/** A request target as a log may show it: the values of parameters that carry secrets are replaced. */
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

/** As a server reads a name, so that `t%6fken` is no way around. */
const decoded = (name: string): string => [...new URLSearchParams(`${name}=`).keys()][0]?.trim() ?? name;
