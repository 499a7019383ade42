/** The environment for an npm that runs within `npm test`: it must not take its outer one's folder for its own. */
export function withoutNpm(): NodeJS.ProcessEnv {
  const inherited = /^(npm_package_|npm_lifecycle_|npm_config_(local_prefix|prefix|workspace)|INIT_CWD)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !inherited.test(name)));
}
