export const page = 1;
// TODO make a page
// TODO(#12) fine
