export declare function recorder(
  url: string,
  onRecording: (name: string, audio: Uint8Array) => void,
): { add(name: string, audio: Uint8Array): void; close(): void };
