// What Vite turns into values.
declare module '*?inline' {
  const dataUri: string
  export default dataUri
}
declare module '*?raw' {
  const text: string
  export default text
}
declare module '*?url&inline' {
  const dataUri: string
  export default dataUri
}
