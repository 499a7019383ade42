import type { BenchCase } from './bench-case.js';
import { burstsOfTen, singlePublishes } from './broadcast-cases.js';
import type { Scale } from './scale.js';

export const casesAt = (scale: Scale): readonly BenchCase[] =>
  [singlePublishes, burstsOfTen].map((make) => make(scale));
