import '@ttrec/page-parts/theme';
import 'uplot/dist/uPlot.min.css';
import './style/page.css';
import { mountPage } from './page/mount-page.ts';

mountPage();
