/** Whether this process may begin a call now: the call has to end within the lease on its lanes. */
export interface SendPermit {
  coversCall(): boolean;
}
