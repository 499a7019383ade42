export { Publisher, type Delivery } from './publisher.js';
