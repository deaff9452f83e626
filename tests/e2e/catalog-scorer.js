/** @param {{ items: number }} input */
export const score = ({ items }) => new Float32Array(items);
/** @param {{ columns: any, item: number }} input */
export const explain = ({ columns, item }) => `of ${columns.added[item]}`;
