// The patient's phone: a frame of another origin, so this page knows only where it sent it, and remembers that.

const KEPT_AS = "phone-address";

export class Phone {
  constructor(frame, out) {
    this.frame = frame;
    this.out = out;
  }

  open(address) {
    this.frame.src = address;
    this.out.href = address;
    sessionStorage.setItem(KEPT_AS, address);
  }

  // After a reload of this page: where the phone was last sent to, if that is still this practice.
  takeUp(firstPage) {
    const kept = sessionStorage.getItem(KEPT_AS);
    this.open(kept?.startsWith(firstPage) ? kept : firstPage);
  }
}
