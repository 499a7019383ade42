/** The package declares these types under another path only. `@nestjs/mapped-types` imports the storage likewise. */
declare module 'class-transformer/cjs/storage.js' {
  export { defaultMetadataStorage } from 'class-transformer/types/storage.js';
}
