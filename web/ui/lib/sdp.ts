// The little that the screen must read in a session description.

/** The fingerprint of the certificate that a description names, in lower case, or "" when it names none. */
export function fingerprint(sdp: string): string {
  return /^a=fingerprint:(.+?)\s*$/im.exec(sdp)?.[1]?.toLowerCase() ?? "";
}

/** The session that a description belongs to, which stays the same as long as its maker keeps the session, or "". */
export function session(sdp: string): string {
  return /^o=\S+ (\d+) /m.exec(sdp)?.[1] ?? "";
}

/**
 * Whether an answer comes from another end than the one we talk with: the node was restarted, or has forgotten us and begun anew.
 * No key would be agreed with it on the old connection, so a new one must be made.
 */
export function speaksForAnother(current: string | undefined, answer: string): boolean {
  return current !== undefined && (fingerprint(current) !== fingerprint(answer) || session(current) !== session(answer));
}

/** A codec as RTCRtpReceiver.getCapabilities names it. */
export interface Codec {
  mimeType: string;
  clockRate: number;
}

const SPOKEN = ["audio/pcmu", "audio/pcma", "audio/telephone-event"];

/** Of what the browser can do, only what telephone trunks carry, best first: G.711 in both variants and telephone events at 8 kHz. */
export function telephoneCodecs<C extends Codec>(all: readonly C[]): C[] {
  return SPOKEN.flatMap((name) => all.filter((codec) => codec.mimeType.toLowerCase() === name && codec.clockRate === 8000));
}
