import type { AnyContract, Contract } from '@skreaver/client';

/**
 * The contract of the application, for the types of all hooks:
 *
 * ```ts
 * declare module '@skreaver/react' {
 *   interface Register {
 *     contract: Agents;
 *   }
 * }
 * ```
 */
// oxlint-disable-next-line typescript/no-empty-interface, typescript/no-empty-object-type -- applications add to it
export interface Register {}

/** What was registered; otherwise every name, and data that is `unknown`. */
export type RegisteredContract = Register extends { readonly contract: infer C extends Contract } ? C : AnyContract;
