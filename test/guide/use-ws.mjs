/** For `node --import`: gives Node the browser's global `WebSocket`, which Node 20 lacks, from the package `ws`. */
import { WebSocket } from 'ws';

globalThis.WebSocket = WebSocket;
