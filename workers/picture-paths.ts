/** The render Worker's addresses: in production its routes send them there, locally the api Worker does. */
const PICTURE_PATH = /^\/1\/(?:maps|layers)\/[^/]+\/render\.(?:png|jpe?g)(?:\.json)?$/

export const isPicturePath = (pathname: string): boolean => PICTURE_PATH.test(pathname)
