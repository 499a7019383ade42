import { WsError, WsErrorCode } from '../../src/index.js';

export const plain = new WsError('INVALID_PARAMS');
export const whole = new WsError(WsErrorCode.ChannelNotFound, 'None.', { channel: 'a' });
export const code: WsErrorCode = whole.code;

export const unknownCode = new WsError('NO_SUCH_CODE'); // must not compile: TS2345
export const numberAsCode = new WsError(404); // must not compile: TS2345
export const detailsAsText = new WsError('INVALID_PARAMS', 'No.', 'details'); // must not compile: TS2345
plain.code = 'INTERNAL_ERROR'; // must not compile: TS2540
