/** The package has types for it in another place only. `@nestjs/mapped-types` reads it in the same way. */
declare module 'class-transformer/cjs/storage.js' {
  export { defaultMetadataStorage } from 'class-transformer/types/storage.js';
}
