import { onContentUpdated, type Theme } from 'vitepress';
import DefaultTheme from 'vitepress/theme';
import { defineComponent, h } from 'vue';
import LiveModel from './LiveModel.vue';
import PlaygroundFrame from './PlaygroundFrame.vue';
import TensorTrainPicture from './TensorTrainPicture.vue';
import './style.css';

const Layout = defineComponent(() => {
  // The front page alone has no element with this role.
  onContentUpdated(() => document.querySelector('.VPHome')?.setAttribute('role', 'main'));
  return () => h(DefaultTheme.Layout, null, { 'home-hero-image': () => h(TensorTrainPicture) });
});

export default {
  extends: DefaultTheme,
  Layout,
  enhanceApp({ app }) {
    app.component('LiveModel', LiveModel).component('PlaygroundFrame', PlaygroundFrame);
  },
} satisfies Theme;
