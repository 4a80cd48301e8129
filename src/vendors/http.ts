// The one way to a vendor: reads that may be repeated, and writes that never are (reliability.md section 3).
import type { Sent, VendorReply, VendorRequest } from './types.ts';

export interface VendorHttp {
  read(request: VendorRequest): Promise<VendorReply>;
  write(request: VendorRequest, options?: { signal?: AbortSignal; headers?: Record<string, string> }): Promise<Sent>;
  literal(
    request: VendorRequest,
    headers?: Record<string, string>,
  ): { method: string; url: string; headers: Record<string, string>; body?: string };
  ready(): number;
  observe(listener: (reply: VendorReply) => void): void;
  close(): Promise<void>;
}
