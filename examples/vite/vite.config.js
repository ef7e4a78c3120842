export default {
  // Vite's development server would otherwise move the package's modules away from the files that they fetch.
  optimizeDeps: { exclude: ['ddpm-mnist'] },
};
