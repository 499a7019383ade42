import type { Provider } from '@nestjs/common';

type Token = unknown;
type Class = new (...dependencies: unknown[]) => object;

/** Builds instances from the module's own provider lists as Nest does, but fast enough for the thousands of rigs of a race test. */
export class ProviderResolver {
  private readonly providers = new Map<Token, Provider>();

  /** @param instances made already, in the place of what the lists say */
  constructor(
    providers: readonly Provider[],
    private readonly instances: Map<Token, unknown>,
  ) {
    for (const provider of providers) this.providers.set('provide' in provider ? provider.provide : provider, provider);
  }

  get<T>(token: abstract new (...dependencies: never[]) => T): T {
    return this.resolve(token) as T;
  }

  private resolve(token: Token): unknown {
    if (!this.instances.has(token)) this.instances.set(token, this.build(token));
    return this.instances.get(token);
  }

  private build(token: Token): unknown {
    const provider = this.providers.get(token);
    if (provider === undefined) throw new Error(`No provider for ${String(token)} in the lists of the rig.`);
    if (!('provide' in provider)) return this.construct(provider as Class);
    if ('useExisting' in provider) return this.resolve(provider.useExisting);
    if ('useFactory' in provider) {
      return provider.useFactory(...(provider.inject ?? []).map((dependency) => this.resolve(dependency)));
    }
    throw new Error(`The rig does not know this kind of provider: ${Object.keys(provider).join(', ')}.`);
  }

  private construct(type: Class): object {
    return new type(...dependenciesOf(type).map((dependency) => this.resolve(dependency)));
  }
}

const known = new Map<Class, readonly Token[]>();

/** What Nest reads: the types of the parameters, and the tokens of `@Inject`. */
function dependenciesOf(type: Class): readonly Token[] {
  const cached = known.get(type);
  if (cached !== undefined) return cached;
  const types = (Reflect.getMetadata('design:paramtypes', type) ?? []) as Token[];
  const named = (Reflect.getMetadata('self:paramtypes', type) ?? []) as readonly { index: number; param: Token }[];
  const tokens = types.map((each, index) => named.find((one) => one.index === index)?.param ?? each);
  known.set(type, tokens);
  return tokens;
}
