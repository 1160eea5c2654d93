/** The sound of an alert: two short tones made on the spot, so that no file is fetched. */

const TONES = { warning: [660, 660], alarm: [880, 660] } as const;

let context: AudioContext | undefined;

export function chime(severity: keyof typeof TONES): void {
  try {
    context ??= new AudioContext();
    const begin = context.currentTime + 0.02;
    TONES[severity].forEach((pitch, i) => {
      const at = begin + i * 0.18;
      const tone = (context as AudioContext).createOscillator();
      const loudness = (context as AudioContext).createGain();
      tone.frequency.value = pitch;
      loudness.gain.setValueAtTime(0.0001, at);
      loudness.gain.exponentialRampToValueAtTime(0.15, at + 0.02);
      loudness.gain.exponentialRampToValueAtTime(0.0001, at + 0.16);
      tone.connect(loudness).connect((context as AudioContext).destination);
      tone.start(at);
      tone.stop(at + 0.17);
    });
  } catch {
    // A page that nobody has touched yet may not make a sound.
  }
}
