const IN_ONE_NET = 250;

/** @returns the loopback address of this number, up to 62,499; each has ports of its own */
export const loopbackAddress = (number: number): string =>
  `127.1.${Math.floor(number / IN_ONE_NET)}.${(number % IN_ONE_NET) + 1}`;
