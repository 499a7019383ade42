export type { Environment } from './environment-reader.js';
export { likelyProblems } from './likely-problems.js';
export type { LogLevel } from './read-log-level.js';
export { type ApiAccess, serverSettings, type ServerSettings } from './server-settings.js';
export { SettingsError } from './settings-error.js';
export { Variable } from './variables.js';
