/** A member of a dependency that its documentation does not promise, and on which the product leans. */
export interface Surface {
  /** As docs/private-apis.md lists it. */
  readonly name: string;
  /** The name of the package, or `node`. */
  readonly dependency: string;
  /** Resolves with `false`, or fails, where the installed dependency does not have it in the form that is relied on. */
  readonly holds: () => boolean | Promise<boolean>;
}
