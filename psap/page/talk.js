// Talks with the caller: the microphone to the server, the caller to the loudspeaker, as frames of 20 ms.

/**
 * Opens the microphone and the connection.
 * @param {string} id of the call
 * @param {(reason: string) => void} ended called once, when talking has ended
 * @returns {Promise<{stop: () => void}>}
 */
export async function talk(id, ended) {
  const microphone = await navigator.mediaDevices.getUserMedia({
    audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  });
  const context = new AudioContext({ latencyHint: "interactive" });
  let socket;
  let over = false;
  const stop = (reason = "") => {
    if (over) return;
    over = true;
    microphone.getTracks().forEach((track) => track.stop());
    context.close();
    socket?.close();
    ended(reason);
  };
  try {
    await context.resume();
    await context.audioWorklet.addModule("/psap/page/worklet.js");
    const ear = new AudioWorkletNode(context, "hear", { numberOfInputs: 0, outputChannelCount: [1] });
    const mouth = new AudioWorkletNode(context, "say", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
    ear.connect(context.destination);
    socket = await open(`${location.origin.replace(/^http/, "ws")}/psap/calls/${id}/audio`);
    socket.onmessage = (message) => ear.port.postMessage(message.data, [message.data]);
    socket.onclose = (event) => stop(event.reason);
    mouth.port.onmessage = (message) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(message.data);
    };
    context.createMediaStreamSource(microphone).connect(mouth);
  } catch (fault) {
    stop("");
    throw fault;
  }
  return { stop: () => stop("") };
}

function open(url) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => resolve(socket);
    socket.onerror = () => reject(new Error("The sound connection was refused"));
  });
}
