import * as ws from 'ws';

/** Values of an offer's parameters by name; `true` for a parameter without value. */
type Offer = Readonly<Record<string, readonly (string | true)[]>>;

/** Exported since ws 8.19, missing in its types. */
interface ExtensionHeader {
  /** @throws SyntaxError when the header is not written as RFC 6455 §9.1 says */
  parse(header: string): Readonly<Record<string, readonly Offer[]>>;
  format(extensions: Readonly<Record<string, readonly Offer[]>>): string;
}

const { extension } = ws as unknown as { readonly extension: ExtensionHeader };

const NAME = 'permessage-deflate';
const WINDOW_BITS = /^(?:[89]|1[0-5])$/;

/** Valid values of each parameter (RFC 7692 §7.1). Zlib has no window of 8 bits, so a server cannot promise one. */
const parameters: Readonly<Record<string, (value: string | true) => boolean>> = {
  server_no_context_takeover: (value) => value === true,
  client_no_context_takeover: (value) => value === true,
  server_max_window_bits: (value) => value !== true && value !== '8' && WINDOW_BITS.test(value),
  client_max_window_bits: (value) => value === true || WINDOW_BITS.test(value),
};

/**
 * The first offer of `permessage-deflate` that can be accepted, as a header with that offer alone; `undefined` without
 * one. Other offers are declined (RFC 7692 §5), which does not fail the handshake.
 * @throws SyntaxError when the header is not written as RFC 6455 §9.1 says
 */
export function acceptableOffer(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const offer = extension.parse(header)[NAME]?.find(isAcceptable);
  return offer === undefined ? undefined : extension.format({ [NAME]: [offer] });
}

function isAcceptable(offer: Offer): boolean {
  return Object.entries(offer).every(
    ([name, [value, ...others]]) =>
      value !== undefined &&
      others.length === 0 &&
      Object.hasOwn(parameters, name) &&
      parameters[name]?.(value) === true,
  );
}
