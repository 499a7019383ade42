import type { WsErrorCode } from '@skreaver/protocol';

/**
 * The error codes of an application, which clients get as they are. Add them to this interface by declaration merging.
 * 1 to 64 characters of `A–Z 0–9 _`, beginning with a letter; a prefix of your own never meets a later code of the
 * protocol. PROTOCOL §9.
 * @example
 * ```ts
 * import { WsError } from '@skreaver/nestjs-ws';
 *
 * declare module '@skreaver/nestjs-ws' {
 *   interface ApplicationErrorCodes {
 *     SHOP_OUT_OF_STOCK: true;
 *   }
 * }
 *
 * export const outOfStock = (left: number) => new WsError('SHOP_OUT_OF_STOCK', 'There are not so many left.', { left });
 * ```
 */
// oxlint-disable-next-line typescript/no-empty-object-type, typescript/no-empty-interface -- applications add the codes
export interface ApplicationErrorCodes {}

/** A code of the protocol, or one of the application. */
// oxlint-disable-next-line typescript/no-redundant-type-constituents -- 'never' until the application adds a code
export type ErrorCode = WsErrorCode | Extract<keyof ApplicationErrorCodes, string>;
