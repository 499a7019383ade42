/** Run first by `npm run test:languages`: sees that the compilers are here, and installs what is missing where it may. */
import { installMissing, runs } from '../support/debian-packages.mjs';

installMissing(
  [
    // The `cargo` of Debian 12 fetches the whole index of the crates by Git; this is Debian's newer one.
    { package: 'cargo-web', isHere: () => runs('cargo', '--version') && runs('rustc', '--version') },
    { package: 'golang-go', isHere: () => runs('go', 'version') },
  ],
  'They are looked for as cargo, rustc and go on the path.',
);
