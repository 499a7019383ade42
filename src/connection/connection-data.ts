/**
 * What an application keeps with a connection, by its own names. Add the fields to this interface by declaration
 * merging, optional, since the object is empty at first.
 * @example
 * ```ts
 * import type { Connection } from '@skreaver/nestjs-ws';
 *
 * declare module '@skreaver/nestjs-ws' {
 *   interface ConnectionData {
 *     tenant?: string;
 *   }
 * }
 *
 * export const tenantOf = (connection: Connection): string => (connection.data.tenant ??= 'default');
 * ```
 */
// oxlint-disable-next-line typescript/no-empty-object-type, typescript/no-empty-interface -- applications add the fields
export interface ConnectionData {}
