import type { Theme } from 'vitepress';
import DefaultTheme from 'vitepress/theme';
import { h } from 'vue';
import LiveModel from './LiveModel.vue';
import PlaygroundFrame from './PlaygroundFrame.vue';
import TensorTrainPicture from './TensorTrainPicture.vue';
import './style.css';

export default {
  extends: DefaultTheme,
  Layout: () => h(DefaultTheme.Layout, null, { 'home-hero-image': () => h(TensorTrainPicture) }),
  enhanceApp({ app }) {
    app.component('LiveModel', LiveModel).component('PlaygroundFrame', PlaygroundFrame);
  },
} satisfies Theme;
