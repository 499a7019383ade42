import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';

interface Tree {
  read(path: string): Buffer | null;
  overwrite(path: string, content: string): void;
}
type Logger = Record<'info' | 'warn', (text: string) => void>;
interface Schematic {
  nestAdd(this: void, options?: { sourceRoot?: string }): (tree: Tree, context: { logger: Logger }) => Tree;
}

const { nestAdd } = createRequire(import.meta.url)('../../schematics/nest-add.cjs') as Schematic;

const MAIN = `import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

async function bootstrap() {
  const app = await NestFactory.create(AppModule);
  await app.listen(process.env.PORT ?? 3000);
}
await bootstrap();
`;

const moduleWith = (metadata: string): string =>
  `import { Module } from '@nestjs/common';\nimport { A } from './a.js';\n\n@Module(${metadata})\nexport class AppModule {}\n`;

const MANIFEST = '{\n  "dependencies": {\n    "@nestjs/core": "^11.0.1",\n    "rxjs": "^7.8.1"\n  }\n}\n';

/** Runs the schematic over an application in memory. */
function add(files: Record<string, string>, sourceRoot?: string) {
  const edited = new Map(Object.entries(files));
  const log: string[] = [];
  const tree: Tree = {
    read: (path) => (edited.has(path) ? Buffer.from(edited.get(path) as string) : null),
    overwrite: (path, content) => void edited.set(path, content),
  };
  const note = (text: string) => void log.push(text);
  nestAdd(sourceRoot === undefined ? {} : { sourceRoot })(tree, { logger: { info: note, warn: note } });
  return { files: Object.fromEntries(edited), log: log.join('\n') };
}

const withModule = (metadata: string) => add({ 'src/main.ts': MAIN, 'src/app.module.ts': moduleWith(metadata) });

describe('nest add', () => {
  it.each([
    ['{ imports: [] }', '{ imports: [SkreaverWsModule.forRoot()] }'],
    ['{ imports: [A] }', '{ imports: [SkreaverWsModule.forRoot(), A] }'],
    ['{\n  imports: [\n    A,\n  ],\n}', '{\n  imports: [\n    SkreaverWsModule.forRoot(),\n    A,\n  ],\n}'],
    ['{}', '{imports: [SkreaverWsModule.forRoot()]}'],
    ['{\n  providers: [A],\n}', '{\n  imports: [SkreaverWsModule.forRoot()],\n  providers: [A],\n}'],
    ['{ providers: [{ imports: [A] }] }', '{ imports: [SkreaverWsModule.forRoot()], providers: [{ imports: [A] }] }'],
    ['{ /* imports: [] */ imports: [A] }', '{ /* imports: [] */ imports: [SkreaverWsModule.forRoot(), A] }'],
    ['{ imports: [ // all\n] }', '{ imports: [SkreaverWsModule.forRoot() // all\n] }'],
  ])('registers the module in %j', (before, after) => {
    const { files } = withModule(before);
    expect(files['src/app.module.ts']).toBe(
      moduleWith(after).replace('\n', "\nimport { SkreaverWsModule } from '@skreaver/nestjs-ws';\n"),
    );
  });

  it.each(['{ imports }', '{ imports: LIST }', '{ ...METADATA }', '{ imports: [A], ...METADATA }', 'METADATA'])(
    'leaves %j alone, and prints the lines to add',
    (metadata) => {
      const { files, log } = withModule(metadata);
      expect(files['src/app.module.ts']).toBe(moduleWith(metadata));
      expect(log).toContain('src/app.module.ts has no `@Module({ imports: [] })` of AppModule to edit.');
      expect(log).toContain("import { SkreaverWsModule } from '@skreaver/nestjs-ws';");
      expect(log).toContain('imports: [SkreaverWsModule.forRoot()],');
    },
  );

  it('says which module it did not find', () => {
    expect(add({ 'src/main.ts': MAIN }).log).toContain('There is no src/app.module.ts.');
  });

  it('changes nothing the second time', () => {
    const first = add({ 'src/main.ts': MAIN, 'src/app.module.ts': moduleWith('{}'), 'package.json': MANIFEST });
    const second = add(first.files);
    expect(second.files).toEqual(first.files);
    expect(second.log).toBe('src/app.module.ts has SkreaverWsModule already.');
  });

  it('edits the module that main.ts starts, in the source root of the project', () => {
    const main = MAIN.replaceAll('AppModule', 'RootModule').replace('./app.module.js', './root/root.module');
    const other = '@Module({ imports: [] })\nclass Other {}\n';
    const root = `${other}@Module({ imports: [] })\nexport class RootModule {}\n`;
    const { files } = add({ 'apps/a/src/main.ts': main, 'apps/a/src/root/root.module.ts': root }, 'apps/a/src');
    expect(files['apps/a/src/root/root.module.ts']).toBe(
      `import { SkreaverWsModule } from '@skreaver/nestjs-ws';\n${other}` +
        '@Module({ imports: [SkreaverWsModule.forRoot()] })\nexport class RootModule {}\n',
    );
  });

  it('keeps the quotes and the line ends of the module', () => {
    const source = moduleWith('{ imports: [] }').replaceAll("'", '"').replaceAll('\n', '\r\n');
    const edited = add({ 'src/main.ts': MAIN, 'src/app.module.ts': source }).files['src/app.module.ts'];
    expect(edited).toContain('\r\nimport { SkreaverWsModule } from "@skreaver/nestjs-ws";\r\n');
    expect(edited).not.toMatch(/[^\r]\n/);
  });

  it('lets SIGTERM drain, or says how where main.ts does not listen', () => {
    expect(withModule('{}').files['src/main.ts']).toBe(
      MAIN.replace('  await app.listen', '  app.enableShutdownHooks();\n  await app.listen'),
    );
    const elsewhere = add({ 'src/main.ts': 'start();\n', 'src/app.module.ts': moduleWith('{}') });
    expect(elsewhere.files['src/main.ts']).toBe('start();\n');
    expect(elsewhere.log).toContain('Call app.enableShutdownHooks() before app.listen()');
  });

  it("declares the peer packages that are missing, those of Nest with the application's major version", () => {
    const { files } = add({ 'package.json': MANIFEST });
    expect(files['package.json']).toMatch(/^\{\n {2}"dependencies": \{\n {4}"@nestjs\/common": [^]*\n$/);
    const { dependencies } = JSON.parse(files['package.json'] as string) as { dependencies: Record<string, string> };
    expect(dependencies).toMatchObject({
      '@nestjs/core': '^11.0.1',
      '@nestjs/platform-ws': '^11.0.0',
      '@nestjs/websockets': '^11.0.0',
      '@willsoto/nestjs-prometheus': '^6.0.0',
      rxjs: '^7.8.1',
    });
    expect(Object.keys(dependencies)).toEqual(Object.keys(dependencies).toSorted());
  });
});
