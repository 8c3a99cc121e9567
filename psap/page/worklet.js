// The two ends of the sound: "say" turns the microphone into frames of 20 ms at 8000 Hz, "hear" turns such
// frames into sound at the browser's rate.

const wireRate = 8000;
const frameSamples = 160;
const reach = 12; // zero crossings of the filter to either side

// Resampler changes the rate by a windowed sinc; what the lower rate cannot carry is filtered out.
class Resampler {
  constructor(from, to) {
    this.step = from / to;
    this.cutoff = Math.min(1, to / from) * 0.94;
    this.half = Math.ceil(reach / this.cutoff);
    this.input = new Array(2 * this.half).fill(0);
    this.position = this.half;
    this.table = Array.from({ length: 1025 }, (_, i) => this.kernel((i / 1024) * this.half));
  }

  kernel(x) {
    const angle = Math.PI * x * this.cutoff;
    const sinc = angle === 0 ? 1 : Math.sin(angle) / angle;
    const window = 0.5 + 0.5 * Math.cos((Math.PI * x) / this.half);
    return this.cutoff * sinc * window;
  }

  // push takes input samples and calls out with every output sample that they complete.
  push(samples, out) {
    for (const sample of samples) this.input.push(sample);
    for (; this.position + this.half < this.input.length; this.position += this.step) {
      let sum = 0;
      const first = Math.ceil(this.position - this.half);
      for (let k = Math.max(first, 0); k < this.position + this.half; k++) {
        sum += this.input[k] * this.table[Math.min(Math.round((Math.abs(this.position - k) / this.half) * 1024), 1024)];
      }
      out(sum);
    }
    const done = Math.max(Math.floor(this.position) - this.half, 0);
    this.input.splice(0, done);
    this.position -= done;
  }
}

class Say extends AudioWorkletProcessor {
  constructor() {
    super();
    this.resampler = new Resampler(sampleRate, wireRate);
    this.frame = new Int16Array(frameSamples);
    this.filled = 0;
  }

  process([input]) {
    if (!input[0]) return true;
    this.resampler.push(input[0], (sample) => {
      this.frame[this.filled++] = Math.max(-1, Math.min(1, sample)) * 32767;
      if (this.filled < frameSamples) return;
      this.port.postMessage(this.frame.buffer, [this.frame.buffer]);
      this.frame = new Int16Array(frameSamples);
      this.filled = 0;
    });
    return true;
  }
}

class Hear extends AudioWorkletProcessor {
  constructor() {
    super();
    this.resampler = new Resampler(wireRate, sampleRate);
    this.queue = [];
    this.read = 0;
    this.flowing = false;
    this.port.onmessage = (message) => {
      this.resampler.push(Array.from(new Int16Array(message.data), (sample) => sample / 32768), (sample) => this.queue.push(sample));
      const most = 0.2 * sampleRate; // a longer queue would only be delay
      if (this.queue.length > most) this.queue.splice(0, this.queue.length - most / 2);
      if (this.queue.length > 0.04 * sampleRate) this.flowing = true;
    };
  }

  process(_, [output]) {
    const samples = output[0];
    if (!this.flowing) return true;
    const ready = this.queue.splice(0, samples.length);
    samples.set(ready);
    if (ready.length < samples.length) this.flowing = false;
    return true;
  }
}

registerProcessor("say", Say);
registerProcessor("hear", Hear);
