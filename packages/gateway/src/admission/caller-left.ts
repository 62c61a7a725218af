/** The caller hung up: there is nobody left to tell anything. */
export class CallerLeft extends Error {}
