/** `Symbol.dispose`, also in engines that have none: `using` is compiled to look for this one there. */
export const dispose: typeof Symbol.dispose = Symbol.dispose ?? (Symbol.for('Symbol.dispose') as typeof Symbol.dispose);
