/** @module Tests of an application: clients over real sockets, their network faults, and an `AuthHandler`. */

export { connect, type ConnectOptions } from './connect.js';
export { RequestError } from './request-error.js';
export { drain, forgetHistory } from './server-faults.js';
export { type AskedPermission, TestAuthHandler } from './test-auth-handler.js';
export { TestClient, type Closed, type MessageOf } from './test-client.js';
