import type { InjectionToken, ModuleMetadata, OptionalFactoryDependency, Type } from '@nestjs/common';
import type { AuthHandler } from './auth/index.js';
import type { Backplane } from './backplane/index.js';
import type { SkreaverWsOptions } from './config/index.js';

type Dependencies = (InjectionToken | OptionalFactoryDependency)[];

/** The source of a provider: a class, an existing provider, or a factory. */
type Source<T> =
  | { readonly useClass: Type<T> }
  | { readonly useExisting: InjectionToken }
  | { readonly useFactory: (...dependencies: never[]) => T | Promise<T>; readonly inject?: Dependencies };

export type AuthHandlerSource = Source<AuthHandler>;

export type BackplaneSource = Source<Backplane>;

export interface SkreaverWsExtras {
  /** Without one, and without an `AuthHandler` provider in `imports`, every connection is anonymous. */
  readonly authHandler?: AuthHandlerSource;
  /** Connects the nodes of a server. Default: a `MemoryBackplane`, for a server of one node. */
  readonly backplane?: BackplaneSource | undefined;
  /** Makes the exports injectable everywhere. Default: false. */
  readonly isGlobal?: boolean;
  /** Modules whose exports the `AuthHandler`, the `Backplane` or the options factory inject. */
  readonly imports?: NonNullable<ModuleMetadata['imports']>;
}

export type SkreaverWsModuleOptions = SkreaverWsOptions & SkreaverWsExtras;

/** For `useClass` and `useExisting` of `forRootAsync`. */
export interface SkreaverWsOptionsFactory {
  createSkreaverWsOptions(): SkreaverWsOptions | Promise<SkreaverWsOptions>;
}

export type SkreaverWsModuleAsyncOptions = SkreaverWsExtras &
  (
    | {
        readonly useFactory: (...dependencies: never[]) => SkreaverWsOptions | Promise<SkreaverWsOptions>;
        readonly inject?: Dependencies;
      }
    | { readonly useClass: Type<SkreaverWsOptionsFactory> }
    | { readonly useExisting: InjectionToken<SkreaverWsOptionsFactory> }
  );
