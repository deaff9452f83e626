// Answers with what it was told: a bare round trip.
onmessage = ({ data }) => postMessage(data);
