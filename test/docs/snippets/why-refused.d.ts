export declare function whyRefused(url: string): Promise<{ code: string; retryAfter: number }>;
