import type { InjectionToken, ModuleMetadata, OptionalFactoryDependency, Type } from '@nestjs/common';
import type { AuthHandler } from './auth/index.js';
import type { SkreaverWsOptions } from './config/index.js';

type Dependencies = (InjectionToken | OptionalFactoryDependency)[];

/** Where the `AuthHandler` comes from: a class, a provider that exists already, or a factory. */
export type AuthHandlerSource =
  | { readonly useClass: Type<AuthHandler> }
  | { readonly useExisting: InjectionToken }
  | {
      readonly useFactory: (...dependencies: never[]) => AuthHandler | Promise<AuthHandler>;
      readonly inject?: Dependencies;
    };

export interface SkreaverWsExtras {
  /** Without one, and without an `AuthHandler` provider in `imports`, every connection is anonymous. */
  readonly authHandler?: AuthHandlerSource;
  /** Makes the exports injectable everywhere. Default: false. */
  readonly isGlobal?: boolean;
  /** Modules whose exports the handler or the options need. */
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
