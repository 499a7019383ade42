import type { Figure } from './bench-case.js';

export const cpuPerDelivery: Figure = { name: 'cpu', label: 'CPU per delivery', unit: 'µs', better: 'lower' };
export const deliveryRate: Figure = { name: 'rate', label: 'deliveries per second', unit: '/s', better: 'higher' };
export const serverLoad: Figure = { name: 'server', label: 'server core', unit: '%', better: 'lower' };
export const clientLoad: Figure = { name: 'client', label: 'client core', unit: '%', better: 'lower' };
